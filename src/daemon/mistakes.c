/* A list that ends at its bound. */
#include "daemon/mistakes.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"

int mistakes_add(struct mistakes *m, const char *fmt, ...)
{
	va_list ap;
	char *text = NULL;

	if (m->count == MISTAKES_MAX) {
		m->more++;
		return -1;
	}
	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = mem_string("out of memory");
	va_end(ap);
	if (!m->texts)
		m->texts = mem_new_array(MISTAKES_MAX, sizeof *m->texts);
	m->texts[m->count++] = text;
	return -1;
}

int mistakes_file(struct mistakes *m, const char *path, int number)
{
	static const int passing[] = {ENOMEM, EMFILE, ENFILE, EIO,   EINTR,
	                              EAGAIN, EBUSY,  ESTALE, ENXIO, ETIMEDOUT};

	for (size_t i = 0; i < ARRAY_SIZE(passing); i++)
		m->passing |= number == passing[i];
	return mistakes_add(m, "%s: %s", path, strerror(number));
}

void mistakes_free(struct mistakes *m)
{
	for (size_t i = 0; i < m->count; i++)
		free(m->texts[i]);
	free(m->texts);
	*m = (struct mistakes){0};
}

void mistakes_tell(const struct mistakes *m)
{
	for (size_t i = 0; i < m->count; i++)
		log_error("config", "%s", m->texts[i]);
	if (m->more)
		log_error("config", "and %zu mistakes more", m->more);
}

void mistakes_warn(struct mistakes *m)
{
	for (size_t i = 0; i < m->count; i++)
		log_warn("config", "%s", m->texts[i]);
	mistakes_free(m);
}
