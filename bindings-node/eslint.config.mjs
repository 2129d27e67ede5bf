import js from '@eslint/js'
import globals from 'globals'

export default [
  { ignores: ['**/node_modules/'] },
  js.configs.recommended,
  {
    languageOptions: { ecmaVersion: 2024, globals: globals.nodeBuiltin },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      curly: ['error', 'multi-line'],
      eqeqeq: 'error',
      'no-shadow': 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      strict: ['error', 'global']
    }
  },
  { files: ['**/*.js'], languageOptions: { sourceType: 'commonjs', globals: globals.node } },
  { files: ['**/*.mjs', 'bindings-node/examples/*.js', 'examples/**/*.js', 'tests/deploy/next/**/*.js'], languageOptions: { sourceType: 'module' } },
  {
    files: ['sandbox/src/page/web/*.js', 'tests/browser/*.mjs'],
    languageOptions: { sourceType: 'module', globals: globals.browser }
  }
]
