/* By which names the exporter may be asked: a page of another site that has its name point here
 * (DNS rebinding) has another one. Pure. */
#ifndef EXPORTER_HOST_H
#define EXPORTER_HOST_H

#include <stdbool.h>
#include <stddef.h>

/* host: of a header, with or without a port. "localhost" and numbers of addresses are allowed, as
 * no name points there, and those of `names`. */
bool host_allowed(const char *host, const char *const *names, size_t count);

#endif
