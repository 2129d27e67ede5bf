// A request in the languages of roomcast's packages, with a button that copies the program.

import { element, makeCopying } from './tools.js'

export const LANGUAGES = [['curl', 'curl'], ['python', 'Python'], ['node', 'Node'], ['c', 'C'], ['rust', 'Rust']]

/** The language that was chosen last: most people use one. */
let chosen = 'curl'

/** Returns a block whose program `program(language)` returns. */
export function codeChooser(program) {
  const select = element('select', { 'aria-label': 'Language of the program' })
  select.append(...LANGUAGES.map(([value, name]) => new Option(name, value, false, value === chosen)))
  const copy = element('button', { type: 'button' }, 'Copy')
  const copied = element('span', { class: 'status', role: 'status' })
  const code = element('code')
  const draw = () => {
    code.textContent = program(select.value)
    copied.textContent = ''
  }
  select.addEventListener('change', () => {
    chosen = select.value
    draw()
  })
  makeCopying(copy, copied, () => code.textContent)
  draw()
  return [
    element('div', { class: 'row' }, element('h4', {}, 'In code'), select, copy, copied),
    element('pre', { tabindex: '0', 'aria-label': 'The same in code' }, code)
  ]
}
