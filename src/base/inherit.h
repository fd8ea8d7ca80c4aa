/*
 * What a process inherits from whoever started it, and what our programs make of it. The table of
 * all attributes is in docs/internals.md ("What a process inherits"), and tests/scenario/inherit.py
 * walks it; what has to be done for it is done here, first of all in main().
 */
#ifndef BASE_INHERIT_H
#define BASE_INHERIT_H

enum inherit_role {
	INHERIT_DAEMON,  /* dtreed */
	INHERIT_WORKER,  /* a node, and the fork server */
	INHERIT_COMMAND, /* what a person starts: dtreectl, dtree-shell */
};

/*
 * Signals get the disposition that the role has for them, none is blocked, and no timer of a former
 * program goes on. Of signals that came for that program only those that end one are left.
 */
void inherit_reset(enum inherit_role role);

/* Closes all descriptors from this number on. */
void inherit_close(int first);

/* Takes what a service manager says to its own child (sd_notify(3), sd_listen_fds(3),
 * systemd.exec(5)) out of the environment: it is for no child of that child. */
void inherit_clean_environment(void);

#endif
