/*
 * The encoding of a node's knowledge of its children. The payload of MSG_REPORT is an array of
 * entries, one for each child whose state changed since the version that the report builds on. The
 * payload of MSG_SEEN is an array of entries too: links that the node must forget.
 *
 *   0 id (32)   4 incarnation (32)   8 link generation (64)   16 state (32)   20 silent (32, ms)
 *
 * Numbers are little-endian. An entry names one link of one life, so that a late report is never
 * applied to a newer link. Versions count the changes of a node's table of children in the node's
 * own life, from 1.
 *
 * Pure: no I/O, no clock.
 */
#ifndef WIRE_REPORT_H
#define WIRE_REPORT_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/mem.h"

#define REPORT_ENTRY ((size_t)24)

enum report_state {
	REPORT_HERE,   /* it said hello on this link, and sends */
	REPORT_SILENT, /* nothing came for HEARTBEAT_PATIENCE intervals */
	REPORT_LEFT,   /* it announced on this link that it leaves */
	REPORT_STATES,
};

struct report_entry {
	int id;
	uint32_t incarnation;
	uint64_t generation;
	enum report_state state;
	uint32_t silent_ms; /* REPORT_SILENT: for so long; UINT32_MAX: or longer */
};

/* Adds REPORT_ENTRY bytes. */
void report_write(const struct report_entry *entry, struct buffer *out);
/* The number of entries in a payload: 0, or -1 with ERR_PARSE for an inconsistent payload. */
int report_check(const char *bytes, size_t size, size_t *count, struct error *err);
/* The entry at an index below the count, of bytes that report_check() accepted. */
struct report_entry report_read(const char *bytes, size_t index);

/*
 * The digest in a heartbeat, of the subtree below its link: the sum, modulo 2^64, of this value for
 * the sender and for all nodes below it whose heartbeats have come. It differs from the
 * controller's sum where that knows another version of a node's children, or other links.
 */
uint64_t report_digest(int id, uint32_t incarnation, uint64_t version);

#endif
