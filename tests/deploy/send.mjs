// A backend of one line, for the bundlers: node send.mjs <room> <text>.
import { Client } from 'roomcast'

const [room, text] = process.argv.slice(2)
new Client().broadcast(room, text).then(({ message }) => console.log(message))
