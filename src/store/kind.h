/* The differences between the stores of different parts of the program. */
#ifndef STORE_KIND_H
#define STORE_KIND_H

#include <stdbool.h>

struct store_kind {
	const char *file;   /* the database's name in its directory: "dict.db" */
	const char *noun;   /* for people: "dictionary" */
	const char *area;   /* of lines in the log: "dict" */
	const char *values; /* their type in the database: "INTEGER", "TEXT" */
	/* Damaged files are renamed, so that a program with many stores goes on with the others.
	 * Else they stay as they are, and the store cannot be opened until a person has moved
	 * them. */
	bool sets_aside;
};

#endif
