//! Sends a message for each room that the command line names, within a span of the program's own, and prints the spans that
//! OpenTelemetry exports. The server comes from `HMS_BASE_URL`, the token from `HMS_MANAGEMENT_TOKEN`.

use std::env;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use roomcast::{Client, TracingSpans};
use tracing_subscriber::layer::SubscriberExt;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("example"));
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layer))?;

    let client = Client::builder().observer(TracingSpans::default()).build()?;
    for room_id in env::args().skip(1) {
        let _span = tracing::info_span!("request").entered();
        if let Err(error) = client.broadcast(&room_id, "class is off today") {
            eprintln!("{error}");
        }
    }

    provider.force_flush()?;
    for span in exporter.get_finished_spans()? {
        print_span(&span);
    }
    Ok(())
}

/// `<span> <parent> <name> <attribute>=<value> …`
fn print_span(span: &SpanData) {
    print!("{} {} {}", span.span_context.span_id(), span.parent_span_id, span.name);
    for attribute in &span.attributes {
        print!(" {}={}", attribute.key, attribute.value);
    }
    println!();
}
