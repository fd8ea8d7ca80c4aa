/* Owns nothing. */
#include "ctl/top_batch.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/sample.h"
#include "wire/json_write.h"

/* null: it is not known. */
static void top_batch_number(struct buffer *b, const char *key, double n)
{
	cleanup_free char *text = mem_format("%.1f", n);

	if (n < 0)
		json_add_null(b, key);
	else
		json_add_raw(b, key, text, strlen(text));
}

static void top_batch_json(struct buffer *b, const struct sample_row *row)
{
	json_open_object(b, NULL);
	json_add_int(b, "id", row->id);
	if (row->name)
		json_add_text(b, "name", row->name);
	json_add_text(b, "state", row->state);
	json_add_text(b, "service", row->service);
	top_batch_number(b, "requests_per_second", row->rate);
	top_batch_number(b, "mean_us", row->mean_us);
	top_batch_number(b, "p99_us", row->p99_us);
	json_add_int(b, "pending", row->pending);
	json_add_int(b, "restarts", row->restarts);
	top_batch_number(b, "cpu_percent", row->cpu);
	if (row->memory < 0)
		json_add_null(b, "memory_bytes");
	else
		json_add_int(b, "memory_bytes", row->memory);
	json_close_object(b);
}

static void top_batch_print(const struct sample *sample, const struct top_options *o, bool json,
                            struct buffer *b)
{
	const struct top_view view = {.sort = o->sort, .filter = o->filter};
	size_t count;
	cleanup_free const struct sample_row **rows = top_choose(sample, &view, &count);

	if (json) {
		json_open_object(b, NULL);
		json_open_array(b, "nodes");
	} else {
		top_fields(b, NULL);
		buffer_add_string(b, "\n");
	}
	for (size_t i = 0; i < count; i++) {
		if (json) {
			top_batch_json(b, rows[i]);
		} else {
			top_fields(b, rows[i]);
			buffer_add_string(b, "\n");
		}
	}
	if (json) {
		json_close_array(b);
		json_close_object(b);
		buffer_add_string(b, "\n");
	}
}

int top_batch(struct dtree_client *client, const struct top_options *o, struct output *out,
              struct dtree_error *err)
{
	const struct sample none = {0};
	struct sample_bounds bounds;
	struct sample former = {0};
	struct sample sample = {0};
	struct buffer text = {0};
	int rc = sample_ask_bounds(client, &bounds, err);

	if (rc == 0)
		rc = sample_take(client, &bounds, &none, &former, err);
	if (rc == 0) {
		poll(NULL, 0, (int)o->delay_ms);
		rc = sample_take(client, &bounds, &former, &sample, err);
	}
	if (rc == 0) {
		top_batch_print(&sample, o, out->json, &text);
		output_add(out, &text);
		output_flush(out);
	}
	sample_free(&former);
	sample_free(&sample);
	return rc;
}
