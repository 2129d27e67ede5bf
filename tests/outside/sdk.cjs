// Sends with 100ms's own SDK to the sandbox: `node sdk.cjs <base URL> <room> <options as JSON>`.
const { SDK } = require('@100mslive/server-sdk')

const [baseUrl, roomId, options] = process.argv.slice(2)
// Credentials come from HMS_ACCESS_KEY and HMS_SECRET. The SDK has no option for the base URL.
const sdk = new SDK()
sdk.api.axios.defaults.baseURL = baseUrl
sdk.activeRooms.sendMessage(roomId, JSON.parse(options)).then(
  () => console.log('sent'),
  (error) => {
    console.error(error)
    process.exitCode = 1
  },
)
