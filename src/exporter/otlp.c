/*
 * Owns the queue and the transfer. Invariant: while the queue is not empty the timer runs: for the
 * next look at the transfer, or until the first text is sent, or sent again.
 */
#include "exporter/otlp.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/log.h"
#include "loop/timer.h"

/* Texts that wait, and their bytes. */
#define TEXTS_MAX 256
#define BYTES_MAX ((size_t)4 * 1024 * 1024)
/* Between looks at a transfer. */
#define LOOK_MS 10
/* Until a text is sent again: at first, and at most; and how often that is tried. */
#define AGAIN_MS      500
#define AGAIN_MOST_MS 30000
#define TRIES         10
/* A transfer takes no longer. */
#define TRANSFER_MS 10000

struct otlp_text {
	struct buffer text;
	struct otlp_text *prev; /* utlist */
	struct otlp_text *next;
};

struct otlp {
	char *url;
	struct otlp_text *queue; /* the first is being sent, or waits for that */
	size_t count;
	size_t bytes;
	CURLM *multi;
	CURL *easy;
	struct curl_slist *headers;
	bool under_way;
	bool told; /* that it fails was logged */
	int tries;
	int64_t again_ms;
	uint64_t sent;
	uint64_t dropped;
	struct timer timer;
};

/* What the collector answers besides is not looked at. */
static size_t otlp_on_body(char *bytes, size_t size, size_t count, void *arg)
{
	(void)bytes;
	(void)arg;
	return size * count;
}

static void otlp_take_first(struct otlp *o)
{
	struct otlp_text *first = o->queue;

	DL_DELETE(o->queue, first);
	o->count--;
	o->bytes -= buffer_size(&first->text);
	buffer_free(&first->text);
	free(first);
	o->tries = 0;
	o->again_ms = AGAIN_MS;
}

static void otlp_begin(struct otlp *o)
{
	curl_easy_setopt(o->easy, CURLOPT_POSTFIELDS, buffer_bytes(&o->queue->text));
	curl_easy_setopt(o->easy, CURLOPT_POSTFIELDSIZE_LARGE,
	                 (curl_off_t)buffer_size(&o->queue->text));
	curl_multi_add_handle(o->multi, o->easy);
	o->under_way = true;
}

/* OTLP, "Failures": these are to be tried again, others are not. */
static bool otlp_is_for_now(CURLcode code, long status)
{
	return code != CURLE_OK || status == 429 || status == 502 || status == 503 || status == 504;
}

static void otlp_failed(struct otlp *o, CURLcode code, long status)
{
	if (!o->told && code != CURLE_OK)
		log_warn("otlp", "%s: %s", o->url, curl_easy_strerror(code));
	else if (!o->told)
		log_warn("otlp", "%s: the answer is %ld", o->url, status);
	o->told = true;
	if (otlp_is_for_now(code, status) && ++o->tries < TRIES) {
		timer_start(&o->timer, o->again_ms);
		o->again_ms = o->again_ms * 2 < AGAIN_MOST_MS ? o->again_ms * 2 : AGAIN_MOST_MS;
		return;
	}
	o->dropped++;
	otlp_take_first(o);
	timer_start(&o->timer, 0);
}

static void otlp_end(struct otlp *o, CURLcode code)
{
	long status = 0;

	curl_easy_getinfo(o->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_multi_remove_handle(o->multi, o->easy);
	o->under_way = false;
	if (code != CURLE_OK || status / 100 != 2) {
		otlp_failed(o, code, status);
		return;
	}
	if (o->told)
		log_info("otlp", "%s takes traces again", o->url);
	o->told = false;
	o->sent++;
	otlp_take_first(o);
	timer_start(&o->timer, 0);
}

static void otlp_on_timer(void *arg)
{
	struct otlp *o = arg;
	const CURLMsg *message;
	int running;
	int left;

	if (!o->queue)
		return;
	if (!o->under_way)
		otlp_begin(o);
	curl_multi_perform(o->multi, &running);
	message = curl_multi_info_read(o->multi, &left);
	if (message && message->msg == CURLMSG_DONE)
		otlp_end(o, message->data.result);
	else
		timer_start(&o->timer, LOOK_MS);
}

static int otlp_prepare(struct otlp *o, struct error *err)
{
	if (strncmp(o->url, "http://", 7) != 0 ||
	    curl_easy_setopt(o->easy, CURLOPT_URL, o->url) != CURLE_OK || !o->url[7])
		return error_set(err, ERR_PARAMS, "'%s' is no http://HOST:PORT/PATH", o->url);
	o->headers = curl_slist_append(NULL, "Content-Type: application/json");
	o->headers = curl_slist_append(o->headers, "Expect:");
	curl_easy_setopt(o->easy, CURLOPT_HTTPHEADER, o->headers);
	curl_easy_setopt(o->easy, CURLOPT_PROTOCOLS_STR, "http");
	curl_easy_setopt(o->easy, CURLOPT_NOSIGNAL, 1L);
	/* The collector is the one that was named. */
	curl_easy_setopt(o->easy, CURLOPT_PROXY, "");
	curl_easy_setopt(o->easy, CURLOPT_TIMEOUT_MS, (long)TRANSFER_MS);
	curl_easy_setopt(o->easy, CURLOPT_WRITEFUNCTION, otlp_on_body);
	return 0;
}

struct otlp *otlp_new(struct ev_loop *loop, const char *url, struct error *err)
{
	struct otlp *o = mem_new(sizeof *o);

	o->url = mem_string(url);
	o->again_ms = AGAIN_MS;
	timer_init(&o->timer, loop, otlp_on_timer, o);
	curl_global_init(CURL_GLOBAL_NOTHING);
	o->multi = curl_multi_init();
	o->easy = curl_easy_init();
	if (otlp_prepare(o, err) == 0)
		return o;
	otlp_free(o);
	return NULL;
}

void otlp_free(struct otlp *o)
{
	if (!o)
		return;
	timer_stop(&o->timer);
	if (o->under_way)
		curl_multi_remove_handle(o->multi, o->easy);
	while (o->queue)
		otlp_take_first(o);
	curl_easy_cleanup(o->easy);
	curl_multi_cleanup(o->multi);
	curl_slist_free_all(o->headers);
	curl_global_cleanup();
	free(o->url);
	free(o);
}

void otlp_put(struct otlp *o, struct buffer *text)
{
	struct otlp_text *last;

	if (o->count >= TEXTS_MAX || buffer_size(text) > BYTES_MAX - o->bytes) {
		o->dropped++;
		buffer_free(text);
		return;
	}
	last = mem_new(sizeof *last);
	last->text = *text;
	*text = (struct buffer){0};
	DL_APPEND(o->queue, last);
	o->count++;
	o->bytes += buffer_size(&last->text);
	if (!timer_runs(&o->timer))
		timer_start(&o->timer, 0);
}

void otlp_miss(struct otlp *o, uint64_t count)
{
	o->dropped += count;
}

uint64_t otlp_sent(const struct otlp *o)
{
	return o ? o->sent : 0;
}

uint64_t otlp_dropped(const struct otlp *o)
{
	return o ? o->dropped : 0;
}
