/*
 * Owns the pages and the last events. Invariant: while there is a page the timer runs, or a sample
 * is awaited.
 */
#include "exporter/live.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/parse.h"
#include "exporter/shown.h"
#include "loop/timer.h"
#include "wire/json_write.h"

#define PAGES_MAX 200
#define PERIOD_MS 1000
/* Events that a new page is given, and that are told in one period. */
#define EVENTS_KEPT   50
#define EVENTS_PERIOD 50
/* A client that has gone without a word is found by what it does not acknowledge. */
#define COMMENT_MS 10000

struct page {
	struct exchange *e; /* borrowed */
	bool of_node;
	int node;
	bool fresh;        /* it has to be told everything */
	struct page *prev; /* utlist */
	struct page *next;
};

struct live {
	struct gather *gather; /* borrowed */
	struct page *pages;
	size_t count;
	struct shown shown;
	struct timer timer;
	char *events[EVENTS_KEPT]; /* owned; event n stands at n % EVENTS_KEPT */
	uint64_t event_count;
	size_t events_told; /* in this period */
	size_t missed;
	int64_t commented; /* clock_ms() */
};

static void live_send(struct page *page, const struct buffer *text)
{
	if (!exchange_send(page->e, buffer_bytes(text), buffer_size(text)))
		page->fresh = true;
}

static void live_open(struct buffer *out, const char *event)
{
	/* The colon stands last: a value follows it. */
	buffer_format(out, "event: %s\ndata:", event);
}

static void live_end_event(struct buffer *out)
{
	buffer_add_string(out, "\n\n");
}

/* An array of elements that are written already. */
static void live_add_array(struct buffer *out, const char *name, const struct buffer *elements)
{
	json_open_array(out, name);
	buffer_add(out, buffer_bytes(elements), buffer_size(elements));
	json_close_array(out);
}

/* The texts of a period. */
struct live_texts {
	struct buffer whole;  /* all nodes, */
	struct buffer change; /* and those that have changed */
};

static void live_write_tree(struct buffer *out, const char *event, const struct buffer *totals,
                            const struct buffer *rows, const struct buffer *removed)
{
	live_open(out, event);
	json_open_object(out, NULL);
	json_add_raw(out, "totals", buffer_bytes(totals), buffer_size(totals));
	live_add_array(out, "nodes", rows);
	live_add_array(out, "removed", removed);
	json_close_object(out);
	live_end_event(out);
}

static void live_tell_node(struct live *live, struct page *page)
{
	struct buffer text = {0};
	bool there;

	live_open(&text, "node");
	json_open_object(&text, NULL);
	json_add_int(&text, "id", page->node);
	there = shown_node_facts(&live->shown, page->node, &text);
	json_add_bool(&text, "there", there);
	json_close_object(&text);
	live_end_event(&text);
	live_send(page, &text);
	buffer_free(&text);
}

static void live_tell_events(const struct live *live, struct page *page)
{
	uint64_t first = live->event_count > EVENTS_KEPT ? live->event_count - EVENTS_KEPT : 0;

	for (uint64_t n = first; n < live->event_count; n++) {
		const char *text = live->events[n % EVENTS_KEPT];
		exchange_send(page->e, text, strlen(text));
	}
}

/* One that has not read what it was sent before is told everything once it has. */
static void live_tell_page(struct live *live, struct page *page, const struct live_texts *texts)
{
	if (page->fresh && !exchange_is_idle(page->e))
		return;
	if (page->of_node) {
		page->fresh = false;
		live_tell_node(live, page);
	} else if (page->fresh) {
		page->fresh = false;
		live_send(page, &texts->whole);
		live_tell_events(live, page);
	} else {
		live_send(page, &texts->change);
	}
}

static void live_tell_missed(struct live *live)
{
	struct buffer text = {0};
	struct page *page;

	live->events_told = 0;
	if (!live->missed)
		return;
	buffer_format(&text, "event: missed\ndata: %zu\n\n", live->missed);
	live->missed = 0;
	DL_FOREACH (live->pages, page) {
		live_send(page, &text);
	}
	buffer_free(&text);
}

static void live_tell(struct live *live, const struct sample *sample)
{
	struct buffer totals = {0};
	struct buffer changed = {0};
	struct buffer removed = {0};
	struct buffer rows = {0};
	struct live_texts texts = {0};
	struct page *page;

	json_open_object(&totals, NULL);
	shown_totals(&live->shown, sample, &totals);
	json_close_object(&totals);
	shown_take(&live->shown, sample, &changed, &removed);
	shown_rows(&live->shown, &rows);
	live_write_tree(&texts.change, "change", &totals, &changed, &removed);
	live_write_tree(&texts.whole, "tree", &totals, &rows, &(struct buffer){0});
	DL_FOREACH (live->pages, page) {
		live_tell_page(live, page, &texts);
	}
	buffer_free(&totals);
	buffer_free(&changed);
	buffer_free(&removed);
	buffer_free(&rows);
	buffer_free(&texts.whole);
	buffer_free(&texts.change);
}

static void live_tell_all(struct live *live, const char *text)
{
	struct page *page;

	DL_FOREACH (live->pages, page) {
		exchange_send(page->e, text, strlen(text));
	}
}

static void live_on_sample(void *arg, const struct sample *sample)
{
	struct live *live = arg;
	struct page *page;

	timer_start(&live->timer, PERIOD_MS);
	if (clock_ms() - live->commented > COMMENT_MS) {
		live->commented = clock_ms();
		live_tell_all(live, ": here\n\n");
	}
	live_tell_missed(live);
	if (sample->metrics) {
		live_tell(live, sample);
		return;
	}
	shown_clear(&live->shown);
	live_tell_all(live, "event: away\ndata: 0\n\n");
	DL_FOREACH (live->pages, page) {
		page->fresh = true;
	}
}

static void live_on_timer(void *arg)
{
	struct live *live = arg;

	if (live->pages)
		gather_ask(live->gather, live_on_sample, live);
	else
		shown_clear(&live->shown);
}

struct live *live_new(struct ev_loop *loop, struct gather *gather)
{
	struct live *live = mem_new(sizeof *live);

	live->gather = gather;
	timer_init(&live->timer, loop, live_on_timer, live);
	return live;
}

void live_close(struct live *live)
{
	timer_stop(&live->timer);
	gather_forget(live->gather, live);
	while (live->pages) {
		struct exchange *e = live->pages->e;
		live_gone(live, e);
		exchange_close(e);
	}
}

void live_free(struct live *live)
{
	for (size_t i = 0; i < EVENTS_KEPT; i++)
		free(live->events[i]);
	shown_clear(&live->shown);
	free(live);
}

/* A page too many is closed: an error would end what it shows for good, while it comes back after
 * this. */
void live_serve(struct live *live, struct exchange *e)
{
	const char *text = exchange_param(e, "node");
	struct page *page;
	int node = 0;

	if (text && parse_id(text, strlen(text), "node", &node, NULL)) {
		exchange_refuse(e, 400, "node is the id of a node");
		return;
	}
	if (exchange_is_head(e)) {
		exchange_answer_static(e, "text/event-stream", "", 0);
		return;
	}
	if (live->count >= PAGES_MAX) {
		exchange_close(e);
		return;
	}
	page = mem_new(sizeof *page);
	page->e = e;
	page->of_node = text;
	page->node = node;
	page->fresh = true;
	DL_APPEND(live->pages, page);
	live->count++;
	exchange_stream(e);
	exchange_send(e, "retry: 3000\n\n", strlen("retry: 3000\n\n"));
	/* At once: a page that opens is not to wait. */
	timer_stop(&live->timer);
	gather_forget(live->gather, live);
	gather_ask(live->gather, live_on_sample, live);
}

void live_gone(struct live *live, const struct exchange *e)
{
	struct page *page;
	struct page *next;

	DL_FOREACH_SAFE (live->pages, page, next) {
		if (page->e != e)
			continue;
		DL_DELETE(live->pages, page);
		live->count--;
		free(page);
	}
}

size_t live_pages(const struct live *live)
{
	return live->count;
}

static void live_keep_event(struct live *live, const char *text)
{
	char **place = &live->events[live->event_count++ % EVENTS_KEPT];

	free(*place);
	*place = mem_string(text);
}

void live_event(struct live *live, const struct dtree_reply *reply)
{
	const struct dtree_value *event = dtree_reply_result(reply);
	long long id = 0;
	bool of_node = dtree_value_int(event, "id", &id) == 0;
	struct buffer text = {0};
	struct page *page;
	size_t size;
	const char *json = dtree_reply_json(reply, &size);

	if (live->count && live->events_told++ >= EVENTS_PERIOD) {
		live->missed++;
		return;
	}
	live_open(&text, "happened");
	buffer_add(&text, json, size);
	live_end_event(&text);
	buffer_add(&text, "", 1);
	live_keep_event(live, buffer_bytes(&text));
	DL_FOREACH (live->pages, page) {
		if (!page->fresh && (!page->of_node || (of_node && page->node == id)))
			exchange_send(page->e, buffer_bytes(&text), buffer_size(&text) - 1);
	}
	buffer_free(&text);
}
