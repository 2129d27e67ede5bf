// The faults that the sandbox applies: a list, and a form that adds one.

import { byId, count, element, request, showStatus, userText } from './tools.js'

const PATH = '/page/faults'

export function faultPanel() {
  const form = byId('fault-form')
  const [kind, room] = ['fault-kind', 'fault-room'].map(byId)
  const status = byId('fault-state')

  /** The fields that the chosen kind has, with their names in the API. */
  const NUMBERS = { status: 'fault-status', delay_ms: 'fault-delay', per_second: 'fault-rate', count: 'fault-count', probability: 'fault-probability' }
  const fields = Object.entries(NUMBERS).map(([name, id]) => [name, byId(id)])
  const applies = (field) => (field.closest('[data-for]')?.dataset.for ?? kind.value).split(' ').includes(kind.value)

  function drawForm() {
    for (const [, field] of fields) field.closest('.field').hidden = !applies(field)
  }

  const isUsedUp = ({ count: limit, applied }) => limit !== undefined && applied >= limit

  function described({ kind: its, status: code, delay_ms: delay, per_second: rate, count: limit, probability, applied, room_id: name }) {
    const what = {
      status: `answers ${code}`,
      lost_answer: 'loses the answer',
      delay: `answers after ${delay?.toLocaleString('en')} ms`,
      disconnect: 'disconnects',
      rate_limit: `answers 429 above ${rate} a second`
    }[its] ?? its
    const parts = []
    const times = (number) => (number === 1 ? 'once' : `${number.toLocaleString('en')} times`)
    if (limit !== undefined) parts.push(times(limit))
    if (probability !== undefined) parts.push(`${+(probability * 100).toFixed(2)}\u00a0%`)
    if (name) parts.push(element('span', {}, 'room ', userText(name)))
    if (limit !== undefined && applied >= limit) parts.push('used up')
    else if (applied > 0) parts.push(`applied ${times(applied)}`)
    return [element('strong', {}, what), ...parts.flatMap((part) => [' · ', part])]
  }

  function draw(faults) {
    const list = byId('fault-list')
    // The button that has the focus goes with its fault.
    const hadFocus = list.contains(document.activeElement)
    list.replaceChildren(...faults.map((fault) => {
      const remove = element('button', { type: 'button', 'aria-label': `Remove the fault ${fault.id}` }, 'Remove')
      remove.addEventListener('click', () => change('DELETE', `${PATH}/${encodeURIComponent(fault.id)}`))
      return element('li', { class: isUsedUp(fault) ? 'fault-item used-up' : 'fault-item' }, element('span', {}, ...described(fault)), remove)
    }))
    if (hadFocus) (list.querySelector('button') ?? byId('faults-title')).focus()
    byId('clear-faults').hidden = faults.length < 2
    const active = byId('faults-active')
    const left = faults.filter((fault) => !isUsedUp(fault)).length
    active.hidden = left === 0
    active.textContent = `${count(left, 'fault')} active`
  }

  let isRefreshing = false
  let isStale = false
  /** Gets the list; once more if something changed meanwhile. */
  async function refresh() {
    isStale = true
    if (isRefreshing) return
    isRefreshing = true
    while (isStale) {
      isStale = false
      try {
        draw((await request('GET', PATH)).faults)
      } catch (error) {
        showStatus(status, error.message, 'error')
      }
    }
    isRefreshing = false
  }

  async function change(method, path, body) {
    showStatus(status, '')
    try {
      await request(method, path, body)
      showStatus(status, method === 'POST' ? 'Added.' : 'Removed.', 'success')
    } catch (error) {
      showStatus(status, error.message, 'error')
    }
    await refresh()
  }

  /** What is typed: a number, or the text, which the sandbox refuses with the reason. */
  const valueOf = (text) => (text !== '' && Number.isFinite(Number(text)) ? Number(text) : text)

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const given = fields.filter(([, field]) => applies(field) && field.value.trim() !== '')
    const body = { kind: kind.value, ...Object.fromEntries(given.map(([name, field]) => [name, valueOf(field.value.trim())])) }
    if (room.value.trim() !== '') body.room_id = room.value
    change('POST', PATH, body)
  })
  form.addEventListener('input', () => showStatus(status, ''))
  kind.addEventListener('change', drawForm)
  byId('clear-faults').addEventListener('click', () => change('DELETE', PATH))
  // Programs add faults too.
  addEventListener('focus', refresh)
  drawForm()
  return { refresh }
}
