/* Invariant: what was not told yet is told when the timer of the engine fires, if the call still
 * runs then. */
#include "program/progress.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/mem.h"
#include "base/parse.h"
#include "program/internal.h"
#include "wire/json.h"
#include "wire/json_write.h"

/* A number that is not negative, and one that a reader of doubles can read. */
static int progress_add_number(struct buffer *b, const char *name, const struct cJSON *value)
{
	cleanup_free char *text = json_is_number(value) ? json_text(value) : NULL;

	/* What a double cannot hold is null. */
	if (!text || text[0] == '-' || text[0] == 'n')
		return -1;
	json_add_raw(b, name, text, strlen(text));
	return 0;
}

/* The object that is told, as text in new memory; NULL: it is none. */
static char *progress_read(const struct cJSON *params)
{
	const struct cJSON *total = json_member(params, "total");
	const struct cJSON *text = json_member(params, "text");
	struct buffer b = {0};
	const char *s;
	size_t n;
	int rc;

	json_open_object(&b, NULL);
	rc = progress_add_number(&b, "done", json_member(params, "done"));
	if (rc == 0 && total && !json_is_null(total))
		rc = progress_add_number(&b, "total", total);
	if (rc == 0 && text && !json_is_null(text)) {
		rc = json_string(text, "text", &s, &n, NULL);
		if (rc == 0) {
			cleanup_free char *shown = parse_printable(s, n, PROGRESS_TEXT_MAX);
			json_add_text(&b, "text", shown);
		}
	}
	json_close_object(&b);
	buffer_add(&b, "", 1);
	if (rc == 0)
		return b.data;
	buffer_free(&b);
	return NULL;
}

void progress_end(struct engine *e, struct call *call)
{
	if (!call->progress || call->phase != CALL_RUNNING)
		return;
	e->progress(e->arg, call->id, call->progress);
	free(call->progress);
	call->progress = NULL;
}

static void progress_tell(struct engine *e)
{
	struct call *call;
	bool told = false;

	DL_FOREACH (e->begun, call) {
		told = told || (call->progress && call->phase == CALL_RUNNING);
		progress_end(e, call);
	}
	if (told)
		timer_start(&e->progress_timer, PROGRESS_MS);
}

int progress_take(struct engine *e, struct call *call, const struct cJSON *params)
{
	char *text = progress_read(params);

	if (!text)
		return -1;
	if (!e->progress) {
		free(text);
		return 0;
	}
	free(call->progress);
	call->progress = text;
	if (!timer_runs(&e->progress_timer))
		progress_tell(e);
	return 0;
}

void progress_on_time(void *engine)
{
	progress_tell(engine);
}
