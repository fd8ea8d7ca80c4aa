#!/bin/sh
# Guess: the two forms of one export, OTLP as protobuf and OTLP as JSON, carry the same numbers, also those
# that JSON has no digits for: protobuf's JSON writes "NaN" and "Infinity" as strings. A gauge that is
# not a number, or a ratio with nothing in its denominator, comes out of either the same.
# Seen: OpenTelemetry's own library for JavaScript gives its objects to JSON.stringify(): NaN and both
# infinities become "asDouble": null, and for a reader of protobuf's JSON null is "not set". So the
# point is there, with its time, and has no value at all: neither a number nor the mark that there was
# none (FLAG_NO_RECORDED_VALUE). By protobuf all three come through. So what a collector is told depends on
# the setting OTEL_EXPORTER_OTLP_PROTOCOL, and nothing on the way is an error.
# Version: @opentelemetry/otlp-transformer 0.301.1 with sdk-metrics 3.1.1 (2026); python3-protobuf 3.21.12.
. "${0%/*}/common.sh"
pinned python3-protobuf=3.21.12-3+deb12u1
packed @opentelemetry/otlp-transformer@0.301.1 @opentelemetry/sdk-metrics@3.1.1

cat >"$work/export.cjs" <<'J'
const { writeFileSync } = require('node:fs');
const { JsonMetricsSerializer, ProtobufMetricsSerializer } =
	require('@opentelemetry/otlp-transformer');
const { AggregationTemporality, InMemoryMetricExporter, MeterProvider,
	PeriodicExportingMetricReader } = require('@opentelemetry/sdk-metrics');

async function main() {
	const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
	const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1e6 });
	const meter = new MeterProvider({ readers: [reader] }).getMeter('meter');

	meter.createGauge('half').record(0.5);
	meter.createGauge('nan').record(NaN);
	meter.createGauge('infinite').record(-Infinity);
	await reader.forceFlush();
	const [metrics] = exporter.getMetrics();
	writeFileSync('export.json', JsonMetricsSerializer.serializeRequest(metrics));
	writeFileSync('export.pb', ProtobufMetricsSerializer.serializeRequest(metrics));
	process.exit(0);
}

main();
J
cat >"$work/read.py" <<'P'
"""Reads an export with the few fields of OTLP's metrics.proto that are looked at."""
import sys

from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

NUMBER = descriptor_pb2.FieldDescriptorProto
FIELDS = {
    "Point": [("time_unix_nano", 3, NUMBER.TYPE_FIXED64), ("as_double", 4, NUMBER.TYPE_DOUBLE),
              ("flags", 8, NUMBER.TYPE_UINT32)],
    "Gauge": [("data_points", 1, "Point")],
    "Metric": [("name", 1, NUMBER.TYPE_STRING), ("gauge", 5, "Gauge")],
    "Scope": [("metrics", 2, "Metric")],
    "Resource": [("scope_metrics", 2, "Scope")],
    "Request": [("resource_metrics", 1, "Resource")],
}
file = descriptor_pb2.FileDescriptorProto(name="few.proto", package="few", syntax="proto3")
for name, fields in FIELDS.items():
    message = file.message_type.add(name=name)
    for field, number, kind in fields:
        row = message.field.add(name=field, number=number, label=NUMBER.LABEL_OPTIONAL)
        if isinstance(kind, str):
            row.type, row.type_name = NUMBER.TYPE_MESSAGE, f".few.{kind}"
            row.label = NUMBER.LABEL_OPTIONAL if kind == "Gauge" else NUMBER.LABEL_REPEATED
        else:
            row.type = kind
        if field == "as_double":
            row.oneof_index = 0
            message.oneof_decl.add(name="value")
pool = descriptor_pool.DescriptorPool()
pool.Add(file)
request = message_factory.MessageFactory(pool).GetPrototype(pool.FindMessageTypeByName("few.Request"))()
with open(sys.argv[1], "rb") as export:
    data = export.read()
if sys.argv[1].endswith(".json"):
    json_format.Parse(data, request, ignore_unknown_fields=True)
else:
    request.ParseFromString(data)
for metric in request.resource_metrics[0].scope_metrics[0].metrics:
    point = metric.gauge.data_points[0]
    value = point.as_double if point.WhichOneof("value") else "not set"
    print(metric.name, value, "timed" if point.time_unix_nano else "", f"flags {point.flags};", end=" ")
P
cd "$work"
node --no-warnings export.cjs
grep -o '"asDouble":[^}]*' export.json | sed 's/^/output: JSON has /'
export PYTHONPATH="$root/usr/lib/python3/dist-packages:/usr/lib/python3/dist-packages"
same 'by protobuf' 'half 0.5 timed flags 0; nan nan timed flags 0; infinite -inf timed flags 0; ' \
	"$(python3 read.py export.pb)"
same 'by JSON' 'half 0.5 timed flags 0; nan not set timed flags 0; infinite not set timed flags 0; ' \
	"$(python3 read.py export.json)"
verdict
