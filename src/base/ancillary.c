/* Owns nothing. Invariant: a control buffer is aligned as its header. */
#include "base/ancillary.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

union ancillary_control {
	char bytes[CMSG_SPACE(ANCILLARY_MAX)];
	struct cmsghdr align;
};

ssize_t ancillary_send(int fd, const void *bytes, size_t size, const struct ancillary *beside,
                       int flags)
{
	union ancillary_control control = {0};
	struct iovec what = {(void *)(uintptr_t)bytes, size};
	struct msghdr message = {.msg_iov = &what,
	                         .msg_iovlen = 1,
	                         .msg_control = control.bytes,
	                         .msg_controllen = CMSG_SPACE(beside->size)};
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);

	assert(beside->size <= ANCILLARY_MAX);
	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = beside->type;
	head->cmsg_len = CMSG_LEN(beside->size);
	memcpy(CMSG_DATA(head), beside->data, beside->size);
	return sendmsg(fd, &message, flags);
}

ssize_t ancillary_receive(int fd, void *bytes, size_t size, const struct ancillary *beside,
                          int flags, bool *truncated)
{
	union ancillary_control control;
	struct iovec where = {bytes, size};
	/* No room for more: the kernel closes descriptors that were not expected. */
	struct msghdr message = {.msg_iov = &where,
	                         .msg_iovlen = 1,
	                         .msg_control = control.bytes,
	                         .msg_controllen = CMSG_SPACE(beside->size)};
	const struct cmsghdr *head;
	ssize_t n = recvmsg(fd, &message, flags | MSG_CMSG_CLOEXEC);

	if (n < 0)
		return n;
	head = CMSG_FIRSTHDR(&message);
	if (head && head->cmsg_level == SOL_SOCKET && head->cmsg_type == beside->type &&
	    head->cmsg_len == CMSG_LEN(beside->size))
		memcpy(beside->data, CMSG_DATA(head), beside->size);
	if (truncated)
		*truncated = message.msg_flags & MSG_TRUNC;
	return n;
}
