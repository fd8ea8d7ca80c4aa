/*
 * A word out of a list, and the refusal of a word that is not in the list, which names those that
 * are.
 */
#ifndef BASE_CHOICE_H
#define BASE_CHOICE_H

#include <stddef.h>

#include "base/error.h"

/* The words, by number; NULL past the last. */
typedef const char *choice_fn(size_t i);

/* "list, tree, bst, balanced". New memory. */
char *choice_list(choice_fn *choice);

/* Refuses text as ERR_PARAMS: "no topology 'lits'; there are list, tree, bst, balanced; did you
 * mean list?". -1. */
int choice_refuse(const char *what, const char *text, choice_fn *choice, struct error *err);
/* The same with the words of an array. */
int choice_refuse_of(const char *what, const char *text, const char *const *words, size_t count,
                     struct error *err);

/*
 * The word that text was probably meant to be: one that begins with it, or differs from it by a
 * letter or two that are missing, too many, other or swapped. NULL: no word is close enough. Case
 * is ignored.
 */
const char *choice_nearest(const char *text, size_t n, choice_fn *choice);
/* The same out of an array; borrowed from it. */
const char *choice_nearest_of(const char *text, size_t n, const char *const *words, size_t count);

#endif
