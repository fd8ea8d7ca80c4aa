/* Names that other programs use, and typing errors. */
#include "ctl/hint.h"

#include <string.h>

#include "base/mem.h"

/* The names of commands in other shells and process managers. */
static const struct {
	const char *word;
	const char *command;
} synonyms[] = {
    {"quit", "exit"},      {"q", "exit"},        {"bye", "exit"},
    {"logout", "exit"},    {":q", "exit"},       {"?", "help"},
    {"h", "help"},         {"man", "help"},      {"usage", "help"},
    {"commands", "help"},  {"add", "create"},    {"new", "create"},
    {"insert", "create"},  {"rm", "kill"},       {"del", "kill"},
    {"delete", "kill"},    {"destroy", "kill"},  {"run", "exec"},
    {"execute", "exec"},   {"send", "exec"},     {"ask", "exec"},
    {"ls", "tree"},        {"list", "tree"},     {"show", "tree"},
    {"nodes", "tree"},     {"print", "tree"},    {"info", "status"},
    {"stat", "status"},    {"state", "status"},  {"watch", "events"},
    {"monitor", "events"}, {"halt", "shutdown"}, {"terminate", "shutdown"},
    {"connect", "shell"},
};

static bool is_one(const char *command, choice_fn *names)
{
	const char *name;

	for (size_t i = 0; (name = names(i)); i++)
		if (strcmp(name, command) == 0)
			return true;
	return false;
}

const char *hint_command(const struct word *word, choice_fn *names)
{
	for (size_t i = 0; i < ARRAY_SIZE(synonyms); i++)
		if (word_is(word, synonyms[i].word) && is_one(synonyms[i].command, names))
			return synonyms[i].command;
	return choice_nearest(word->s, word->n, names);
}

bool hint_asks_help(const struct word *word)
{
	return word_is(word, "-h") || word_is(word, "--help") || word_is(word, "-?");
}
