// Sends a message for each room that the command line names, within a span of the program's own, and prints the spans that
// OpenTelemetry exports. The server comes from HMS_BASE_URL, the token from HMS_MANAGEMENT_TOKEN.
import { trace } from '@opentelemetry/api'
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node'
import { Client } from 'roomcast'

// A service would use the exporter of `@opentelemetry/exporter-trace-otlp-http`, and a BatchSpanProcessor.
const exporter = new InMemorySpanExporter()
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
// Also sets the context manager, and W3C's traceparent. roomcast needs nothing more.
provider.register()

const client = new Client()
const tracer = trace.getTracer('example')
for (const roomId of process.argv.slice(2)) {
  await tracer.startActiveSpan('request', async (span) => {
    await client.broadcast(roomId, 'class is off today').catch((error) => console.error(error.message))
    span.end()
  })
}

await client.drain()
await provider.forceFlush()
for (const span of exporter.getFinishedSpans()) printSpan(span)

/** `<span> <parent> <name> <attribute>=<value> …` */
function printSpan(span) {
  const attributes = Object.entries(span.attributes).map(([key, value]) => `${key}=${value}`)
  console.log(span.spanContext().spanId, span.parentSpanContext?.spanId ?? '-', span.name.replaceAll(' ', '_'), ...attributes)
}
