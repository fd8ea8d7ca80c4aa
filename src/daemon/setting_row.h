/* A row of the table of settings: for the files that read it, setting.c and config.c. */
#ifndef DAEMON_SETTING_ROW_H
#define DAEMON_SETTING_ROW_H

#include "base/choice.h"
#include "daemon/setting.h"

enum setting_kind {
	KIND_PATH,
	KIND_WORD,
	KIND_SERVICE, /* a word that may be declared elsewhere */
	KIND_NUMBER,
	KIND_FLAG,
	KIND_DEFINITION, /* may be said more than once */
};
enum setting_place { PLACE_BOTH, PLACE_LINE }; /* command line and file, or command line only */

struct setting {
	const char *name;
	const char *value; /* its name in help texts */
	enum setting_kind kind;
	enum setting_place place;
	size_t offset; /* of the field in struct config; the kind decides between char *, int64_t,
	                  bool and struct declarations */
	int64_t min;
	int64_t max;       /* KIND_PATH: bytes */
	choice_fn *choice; /* the words that the row accepts */
	enum setting_effect effect;
	const char *preset; /* the default; NULL: it depends on who runs dtreed */
	const char *note;   /* what help texts add to the default */
	const char *summary;
};

/* Its number in the table, and its field in a config. */
size_t setting_number(const struct setting *s);
void *setting_field(const struct setting *s, struct config *config);

#endif
