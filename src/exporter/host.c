/* Owns nothing. */
#include "exporter/host.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#define HOST_SIZE 256

/* The name without brackets and port: 0, or -1. */
static int host_name(const char *host, char name[HOST_SIZE])
{
	const char *end = *host == '[' ? strchr(host, ']') : strchr(host, ':');
	const char *port;
	size_t size;

	if (*host == '[' && !end)
		return -1;
	host += *host == '[';
	size = end ? (size_t)(end - host) : strlen(host);
	port = !end ? "" : *end == ']' ? end + 1 : end;
	if (!size || size >= HOST_SIZE)
		return -1;
	if (*port && (*port != ':' || strspn(port + 1, "0123456789") != strlen(port + 1)))
		return -1;
	memcpy(name, host, size);
	name[size] = '\0';
	return 0;
}

bool host_allowed(const char *host, const char *const *names, size_t count)
{
	char name[HOST_SIZE];
	struct in6_addr number;

	if (host_name(host, name))
		return false;
	if (strcasecmp(name, "localhost") == 0 || inet_pton(AF_INET, name, &number) == 1 ||
	    inet_pton(AF_INET6, name, &number) == 1)
		return true;
	for (size_t i = 0; i < count; i++)
		if (strcasecmp(name, names[i]) == 0)
			return true;
	return false;
}
