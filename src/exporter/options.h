/* The options of dtree-exporter. */
#ifndef EXPORTER_OPTIONS_H
#define EXPORTER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define OPTIONS_HOSTS 8

struct options {
	const char *socket; /* of dtreed; NULL: as libdtree finds it */
	const char *listen;
	bool any_address;                 /* `listen` may be no address of this machine alone */
	const char *hosts[OPTIONS_HOSTS]; /* further names by which it is asked */
	size_t host_count;
	const char *otlp; /* where traces are sent; NULL: nowhere */
	bool help;
	bool version;
};

/* Strings point into argv. -1: what is wrong; getopt has said it, if the text is empty. */
int options_read(struct options *o, int argc, char **argv, struct error *err);
/* The text of --help. */
void options_help(void);

#endif
