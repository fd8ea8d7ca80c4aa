/* Owns nothing. */
#include "daemon/slow_traces.h"

#include <string.h>

#include "controller/controller.h"

#define TRACES       "directory of slow traces"
#define TRACES_FILES 256
#define TRACES_BYTES ((size_t)16 * 1024 * 1024)
/* How long the end waits for the disk that they are on. */
#define TRACES_LAST_MS 500

bool slow_traces_wanted(const struct config *config)
{
	return strcmp(config->slow_traces, "none") != 0;
}

int slow_traces_check(const struct config *config, struct error *err)
{
	if (!slow_traces_wanted(config) || config->slow_request)
		return 0;
	return error_set(err, ERR_INTERNAL,
	                 "no request is slow: slow-request is 0, and has to be set too");
}

int slow_traces_open(const struct config *config, struct spool **traces, struct error *err)
{
	static const struct spool_limits limits = {
	    .files = TRACES_FILES, .bytes = TRACES_BYTES, .waiting = TRACES_BYTES / 4};

	if (slow_traces_check(config, err))
		return -1;
	if (!slow_traces_wanted(config))
		return 0;
	*traces = spool_new(SLOW_TRACES, config->slow_traces, SLOW_TRACE_PREFIX, SLOW_TRACE_SUFFIX,
	                    &limits, err);
	return *traces ? 0 : -1;
}

void slow_traces_close(struct spool *traces)
{
	spool_free(traces, TRACES_LAST_MS);
}
