/* Nothing here keeps state. */
#include "program/detail.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "program/subprocess.h"
#include "wire/json.h"
#include "wire/json_write.h"
#include "wire/refusal.h"

/* Left for what stands around the data. */
#define DATA_MAX (REFUSAL_DETAIL_MAX - 256)

/* The object that was written, with a NUL behind it. */
static char *detail_end(struct buffer *b)
{
	json_close_object(b);
	buffer_add(b, "", 1);
	return b->data;
}

char *detail_of_end(const struct subprocess_end *end)
{
	struct buffer b = {0};

	if (end->status < 0 && !end->signal)
		return NULL;
	json_open_object(&b, NULL);
	if (end->signal)
		json_add_int(&b, "signal", end->signal);
	else
		json_add_int(&b, "status", end->status);
	return detail_end(&b);
}

char *detail_of_delay(int64_t ms)
{
	struct buffer b = {0};

	json_open_object(&b, NULL);
	json_add_int(&b, "retry_ms", ms > 0 ? ms : 1);
	return detail_end(&b);
}

/* Does it fit into a reply? There it stands in three objects, and in an array if it is one of a
 * batch. */
static bool detail_fits(const char *data, size_t size)
{
	return size <= DATA_MAX && json_fits(data, size, 4);
}

char *detail_of_error(const struct cJSON *error)
{
	const struct cJSON *data = json_member(error, "data");
	cleanup_free char *text = data ? json_text(data) : NULL;
	struct buffer b = {0};
	int64_t code;
	bool coded = json_whole(json_member(error, "code"), &code) == 0;

	if (!coded && !data)
		return NULL;
	json_open_object(&b, NULL);
	if (coded)
		json_add_int(&b, "code", code);
	if (text && detail_fits(text, strlen(text)))
		json_add_raw(&b, "data", text, strlen(text));
	else if (text)
		json_add_bool(&b, "data_dropped", true);
	return detail_end(&b);
}
