/* The files of the page, as they are in src/exporter/page; made by scripts/embed. */
#ifndef EXPORTER_FILES_H
#define EXPORTER_FILES_H

#include <stddef.h>

struct file {
	const char *name;
	const char *bytes;
	size_t size;
};

/* Behind the last is one without a name. */
extern const struct file files[];

#endif
