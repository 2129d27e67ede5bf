// For a backend: dependencies are bundled, but for those in EXTERNAL.
import commonjs from '@rollup/plugin-commonjs'
import json from '@rollup/plugin-json'
import resolve from '@rollup/plugin-node-resolve'

export default {
  external: process.env.EXTERNAL?.split(',') ?? [],
  plugins: [resolve({ preferBuiltins: true }), commonjs(), json()]
}
