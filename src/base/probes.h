/*
 * Points at which a tracer may look on: a row each, as dtree-probes(7) documents them. A point is
 * one instruction that does nothing, and a note in the program (sys/sdt.h) of where it is and where
 * its arguments are. Arguments are what is at hand, and are looked at by a tracer only: they must
 * not call anything.
 */
#ifndef BASE_PROBES_H
#define BASE_PROBES_H

#include <stdint.h>

#ifdef ENABLE_PROBES
/* clang takes memory wherever it may, and copies each argument to the stack for it. */
#ifdef __clang__
#define STAP_SDT_ARG_CONSTRAINT nr
#endif
#include <sys/sdt.h>
#define PROBE2(name, a, b)          DTRACE_PROBE2(dtree, name, a, b)
#define PROBE3(name, a, b, c)       DTRACE_PROBE3(dtree, name, a, b, c)
#define PROBE4(name, a, b, c, d)    DTRACE_PROBE4(dtree, name, a, b, c, d)
#define PROBE5(name, a, b, c, d, e) DTRACE_PROBE5(dtree, name, a, b, c, d, e)
#else
/* Not evaluated, and used. */
#define PROBE2(name, a, b)          ((void)sizeof(a), (void)sizeof(b))
#define PROBE3(name, a, b, c)       (PROBE2(name, a, b), (void)sizeof(c))
#define PROBE4(name, a, b, c, d)    (PROBE3(name, a, b, c), (void)sizeof(d))
#define PROBE5(name, a, b, c, d, e) (PROBE4(name, a, b, c, d), (void)sizeof(e))
#endif

#define PROBE_U64(value)  ((uint64_t)(value))
#define PROBE_I32(value)  ((int32_t)(value))
#define PROBE_TEXT(value) ((const char *)(value))

/* clang-format off */

/* Requests, in dtreed. */
#define PROBE_REQUEST_START(request, node, kind, bytes) \
	PROBE4(request_start, PROBE_U64(request), PROBE_I32(node), PROBE_TEXT(kind), PROBE_U64(bytes))
#define PROBE_REQUEST_ANSWERED(request, node, error, bytes) \
	PROBE4(request_answered, PROBE_U64(request), PROBE_I32(node), PROBE_I32(error), PROBE_U64(bytes))
#define PROBE_REQUEST_END(request, node) \
	PROBE2(request_end, PROBE_U64(request), PROBE_I32(node))

/* Links, at both of their ends. */
#define PROBE_LINK_SEND(link, way, type, request, bytes) \
	PROBE5(link_send, PROBE_I32(link), PROBE_I32(way), PROBE_I32(type), PROBE_U64(request), PROBE_U64(bytes))
#define PROBE_LINK_RECEIVE(link, way, type, request, bytes) \
	PROBE5(link_receive, PROBE_I32(link), PROBE_I32(way), PROBE_I32(type), PROBE_U64(request), PROBE_U64(bytes))
#define PROBE_LINK_SILENT(link, heard_ms) \
	PROBE2(link_silent, PROBE_I32(link), PROBE_U64(heard_ms))

/* Services and programs, in a worker. */
#define PROBE_SERVICE_START(request, node, bytes) \
	PROBE3(service_start, PROBE_U64(request), PROBE_I32(node), PROBE_U64(bytes))
#define PROBE_SERVICE_END(request, node, failed, bytes) \
	PROBE4(service_end, PROBE_U64(request), PROBE_I32(node), PROBE_I32(failed), PROBE_U64(bytes))

/* What is written to disk, by both. */
#define PROBE_COMMIT_START(file, commit) \
	PROBE2(commit_start, PROBE_TEXT(file), PROBE_U64(commit))
#define PROBE_COMMIT_END(file, failed) \
	PROBE2(commit_end, PROBE_TEXT(file), PROBE_I32(failed))

/* Nodes, in dtreed. */
#define PROBE_HEARTBEAT_LOST(node, silent_ms) \
	PROBE2(heartbeat_lost, PROBE_I32(node), PROBE_U64(silent_ms))
#define PROBE_NODE_DIED(node, pid, cause) \
	PROBE3(node_died, PROBE_I32(node), PROBE_I32(pid), PROBE_TEXT(cause))
#define PROBE_NODE_REHOMED(node, parent) \
	PROBE2(node_rehomed, PROBE_I32(node), PROBE_I32(parent))

/* clang-format on */

#endif
