/* A digest of one entry of a store; the digest of a store is their sum. */
#ifndef STORE_DIGEST_H
#define STORE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "store/store.h"

/* FNV-1a (RFC 9923) */
static inline uint64_t text_digest(uint64_t h, struct store_text text)
{
	for (size_t i = 0; i < text.size; i++)
		h = (h ^ (unsigned char)text.bytes[i]) * UINT64_C(0x100000001b3);
	return h;
}

/* Over name and value, with the name's size between them, so that no byte can move from one to the
 * other. The last step, of splitmix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number
 * generators", 2014), makes sums of digests collide rarely. */
static inline uint64_t entry_digest(struct store_text name, struct store_text value)
{
	uint64_t h = text_digest(UINT64_C(0xcbf29ce484222325), name);

	h = text_digest(h ^ name.size * UINT64_C(0x9e3779b97f4a7c15), value);
	h = (h ^ (h >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	h = (h ^ (h >> 27)) * UINT64_C(0x94d049bb133111eb);
	return h ^ (h >> 31);
}

#endif
