/* Owns what is kept. */
#include "base/pieces.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#ifndef __has_feature
#define __has_feature(feature) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define KEPT_MOST 0
#else
#define KEPT_MOST PIECES_MOST
#endif

void *pieces_take(struct pieces *p)
{
	struct piece *piece = p->kept;

	if (!piece)
		return mem_resize(NULL, p->size);
	p->kept = piece->next;
	p->count--;
	return piece;
}

void *pieces_new(struct pieces *p)
{
	return memset(pieces_take(p), 0, p->size);
}

void pieces_give(struct pieces *p, void *piece)
{
	struct piece *kept = piece;

	if (p->count >= KEPT_MOST) {
		free(piece);
		return;
	}
	kept->next = p->kept;
	p->kept = kept;
	p->count++;
}
