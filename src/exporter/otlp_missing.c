/* In place of otlp.c, where there is no libcurl. */
#include "exporter/otlp.h"

struct otlp *otlp_new(struct ev_loop *loop, const char *url, struct error *err)
{
	(void)loop;
	(void)url;
	error_set(err, ERR_PARAMS, "this program was built without libcurl");
	return NULL;
}

void otlp_free(struct otlp *o)
{
	(void)o;
}

void otlp_put(struct otlp *o, struct buffer *text)
{
	(void)o;
	buffer_free(text);
}

void otlp_miss(struct otlp *o, uint64_t count)
{
	(void)o;
	(void)count;
}

uint64_t otlp_sent(const struct otlp *o)
{
	(void)o;
	return 0;
}

uint64_t otlp_dropped(const struct otlp *o)
{
	(void)o;
	return 0;
}
