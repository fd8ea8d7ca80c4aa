/* What differs between the stores of one part of the program and another's. */
#ifndef STORE_KIND_H
#define STORE_KIND_H

#include <stdbool.h>

struct store_kind {
	const char *file;   /* the database's name in its directory: "dict.db" */
	const char *noun;   /* for people: "dictionary" */
	const char *area;   /* of lines in the log: "dict" */
	const char *values; /* their type in the database: "INTEGER", "TEXT" */
	/* Damaged files: renamed, so that a program that has many goes on with the others. Else
	 * they stay as they are, and nothing can be opened until people have moved them. */
	bool sets_aside;
};

#endif
