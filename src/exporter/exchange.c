/* One request and its answer, as routes see it. Owns the answer. */
#include "exporter/exchange.h"

#include <stdlib.h>
#include <string.h>

/* No page of another site may have it, and what it shows runs nothing that is not ours. */
static const struct {
	const char *name;
	const char *value;
} headers[] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
     "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cache-Control", "no-store"},
};

void exchange_resume(struct exchange *e)
{
	if (!e->suspended)
		return;
	e->suspended = false;
	MHD_resume_connection(e->connection);
	deferred_call(e->wake);
}

void exchange_respond(struct exchange *e, unsigned status, const char *type,
                      struct MHD_Response *response)
{
	for (size_t i = 0; i < ARRAY_SIZE(headers); i++)
		MHD_add_response_header(response, headers[i].name, headers[i].value);
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	e->response = response;
	e->status = status;
	exchange_resume(e);
}

void exchange_answer(struct exchange *e, unsigned status, const char *type, struct buffer *body)
{
	size_t size = buffer_size(body);
	char *bytes = mem_copy(size ? buffer_bytes(body) : "", size);

	buffer_free(body);
	exchange_respond(e, status, type,
	                 MHD_create_response_from_buffer(size, bytes, MHD_RESPMEM_MUST_FREE));
}

void exchange_answer_static(struct exchange *e, const char *type, const char *bytes, size_t size)
{
	exchange_respond(e, MHD_HTTP_OK, type,
	                 MHD_create_response_from_buffer(size, (void *)(uintptr_t)bytes,
	                                                 MHD_RESPMEM_PERSISTENT));
}

void exchange_refuse(struct exchange *e, unsigned status, const char *text)
{
	struct buffer body = {0};

	buffer_format(&body, "%s\n", text);
	exchange_answer(e, status, "text/plain; charset=utf-8", &body);
}

void exchange_close(struct exchange *e)
{
	e->closes = true;
	exchange_resume(e);
}

void exchange_wait(struct exchange *e)
{
	e->suspended = true;
	MHD_suspend_connection(e->connection);
}

const char *exchange_path(const struct exchange *e)
{
	return e->route->path;
}

const char *exchange_param(const struct exchange *e, const char *name)
{
	return MHD_lookup_connection_value(e->connection, MHD_GET_ARGUMENT_KIND, name);
}

const char *exchange_header(const struct exchange *e, const char *name)
{
	return MHD_lookup_connection_value(e->connection, MHD_HEADER_KIND, name);
}

bool exchange_is_head(const struct exchange *e)
{
	return e->head;
}
