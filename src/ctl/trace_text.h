/*
 * A trace as text: a line for each step's begin and one for its end, indented, in microseconds
 * since the start.
 *
 *        0 * dtreectl(4711): -> exec 10 3 1 2 3
 *       41 *   dtreed(640): -> control read
 *
 * An asterisk marks the critical path: what the request waited for.
 */
#ifndef CTL_TRACE_TEXT_H
#define CTL_TRACE_TEXT_H

#include "base/mem.h"
#include "ctl/trace.h"

/* trace_account() was called. */
void trace_text_write(struct buffer *out, const struct trace *trace);
/* One JSON object on a line, as dtree-protocol(7) has it. */
void trace_json_write(struct buffer *out, const struct trace *trace);

#endif
