/* Messages of a local socket that bring something beside their bytes: a descriptor (SCM_RIGHTS), or
 * who sent it (SCM_CREDENTIALS). See unix(7) and cmsg(3). */
#ifndef BASE_ANCILLARY_H
#define BASE_ANCILLARY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* What is beside the bytes; at most ANCILLARY_MAX bytes of it. */
#define ANCILLARY_MAX ((size_t)32)
struct ancillary {
	int type; /* SCM_RIGHTS, SCM_CREDENTIALS */
	void *data;
	size_t size;
};

/* sendmsg(2). */
ssize_t ancillary_send(int fd, const void *bytes, size_t size, const struct ancillary *beside,
                       int flags);
/* recvmsg(2). beside->data stays as it is where the message has nothing of that type and size.
 * *truncated (may be NULL): the message had more bytes than `size`. Descriptors are closed by exec.
 */
ssize_t ancillary_receive(int fd, void *bytes, size_t size, const struct ancillary *beside,
                          int flags, bool *truncated);

#endif
