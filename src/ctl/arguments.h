/*
 * How the commands read what stands behind their names: the parse functions of the table in
 * verbs.c. Each fills order->request, order->id: 0, or -1 with ERR_PARAMS.
 */
#ifndef CTL_ARGUMENTS_H
#define CTL_ARGUMENTS_H

#include "ctl/verbs.h"

/* The form is wrong, and not just a value: says how the command is used. -1. */
int arguments_usage(struct order *order, struct error *err);

int arguments_id(const struct words *args, struct order *order, struct error *err);
int arguments_optional_id(const struct words *args, struct order *order, struct error *err);
int arguments_create(const struct words *args, struct order *order, struct error *err);
int arguments_exec(const struct words *args, struct order *order, struct error *err);
int arguments_exec_all(const struct words *args, struct order *order, struct error *err);
int arguments_heartbit(const struct words *args, struct order *order, struct error *err);
int arguments_events(const struct words *args, struct order *order, struct error *err);
int arguments_call(const struct words *args, struct order *order, struct error *err);
int arguments_shell(const struct words *args, struct order *order, struct error *err);

/* Does the word begin as an option of a command? */
bool arguments_is_option(const struct word *word);

#endif
