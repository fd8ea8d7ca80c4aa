/* Nothing here keeps state. */
#include "wire/refusal.h"

#include <string.h>

#include "base/mem.h"

/* A cut inside a UTF-8 sequence moves back to the byte that begins it. */
static size_t refusal_cut(const char *reason, size_t size)
{
	if (size <= REFUSAL_REASON_MAX)
		return size;
	size = REFUSAL_REASON_MAX;
	while (size && ((unsigned char)reason[size] & 0xc0) == 0x80)
		size--;
	return size;
}

char *refusal_join(const struct refusal *refusal, size_t *size)
{
	size_t reason_size = refusal_cut(refusal->reason, refusal->reason_size);
	size_t detail_size = refusal->detail ? refusal->detail_size : 0;
	char *payload = mem_resize(NULL, reason_size + 1 + detail_size);

	if (detail_size > REFUSAL_DETAIL_MAX)
		detail_size = 0;
	for (size_t i = 0; i < reason_size; i++)
		payload[i] = refusal->reason[i] ? refusal->reason[i] : '?';
	payload[reason_size] = '\0';
	if (detail_size)
		memcpy(payload + reason_size + 1, refusal->detail, detail_size);
	*size = detail_size ? reason_size + 1 + detail_size : reason_size;
	return payload;
}

struct refusal refusal_split(const char *payload, size_t size)
{
	const char *nul = size ? memchr(payload, '\0', size) : NULL;
	struct refusal refusal = {.reason = payload, .reason_size = size};

	if (!nul)
		return refusal;
	refusal.reason_size = (size_t)(nul - payload);
	refusal.detail = nul + 1;
	refusal.detail_size = size - refusal.reason_size - 1;
	return refusal;
}
