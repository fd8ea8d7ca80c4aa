#include "ctl/trace_kept.h"

#include <stdlib.h>

#include "base/clock.h"
#include "ctl/trace_formats.h"
#include "ctl/trace_options.h"
#include "ctl/trace_repeat.h"

void trace_kept_add(struct trace_kept *kept, struct trace *trace)
{
	if (kept->steps + trace->count > TRACE_KEPT_STEPS) {
		kept->full = true;
		trace_clear(trace);
		return;
	}
	kept->traces = mem_resize(kept->traces, (kept->count + 1) * sizeof *kept->traces);
	kept->traces[kept->count++] = *trace;
	kept->steps += trace->count;
	*trace = (struct trace){0};
}

int trace_kept_write(const struct trace_kept *kept, const struct trace_options *options,
                     struct buffer *out, struct error *err)
{
	cleanup_free const struct trace **list = mem_new_array(kept->count + 1, sizeof *list);
	const struct trace_set set = {.traces = list,
	                              .count = kept->count,
	                              .teller = "dtreectl",
	                              .ids = &kept->ids,
	                              .wall_us = clock_wall_us() - clock_us()};

	if (kept->full)
		return error_set(err, ERR_LIMIT, "the traces have more than %zu steps",
		                 TRACE_KEPT_STEPS);
	for (size_t i = 0; i < kept->count; i++)
		list[i] = &kept->traces[i];
	if (!kept->count)
		return 0;
	if (options->format)
		options->format->write(out, &set);
	else
		trace_repeat_write(out, list, kept->count, options->json);
	return 0;
}

void trace_kept_clear(struct trace_kept *kept)
{
	for (size_t i = 0; i < kept->count; i++)
		trace_clear(&kept->traces[i]);
	free(kept->traces);
	*kept = (struct trace_kept){0};
}
