//   HMS_ACCESS_KEY=… HMS_SECRET=… node main.js
import { Client } from 'roomcast'
import { createApp } from './app.js'

createApp(new Client()).listen(3000, '127.0.0.1')
