// Bundles send.mjs for Node into out/send.cjs; EXTERNAL is not bundled. webpack's command would be a package more.
import webpack from 'webpack'

const { EXTERNAL } = process.env
const configuration = {
  context: process.cwd(),
  entry: './send.mjs',
  externals: EXTERNAL && { [EXTERNAL]: `commonjs ${EXTERNAL}` },
  mode: 'production',
  output: { filename: 'send.cjs', path: `${process.cwd()}/out` },
  target: 'node'
}
webpack(configuration, (error, stats) => {
  console.log(error ?? stats.toString())
  if (error || stats.hasErrors()) process.exitCode = 1
})
