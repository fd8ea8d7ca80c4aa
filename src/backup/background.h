/*
 * Work for which nobody waits: whoever works for requests comes first, at processors and disks, and
 * it is done in reasonable time nevertheless.
 *
 * Nice values count within a session, or a control group, only, and whoever wakes up does not take
 * the processor from another at once in any case (sched(7)). So such work is done in pieces of
 * about 100 us, each with a pause behind it; and when it goes on it takes a processor from nobody,
 * as a batch task. Where there is no processor to be had at once, the wait is the pause.
 */
#ifndef BACKUP_BACKGROUND_H
#define BACKUP_BACKGROUND_H

#include <stdint.h>

/* This process works so from here on. What the system refuses is left as it is. */
void background_begin(void);
/* Between two small steps: pauses if it is time to, and if background_begin() was called. */
void background_pause(void);

/* How long to pause behind a piece of work that took so much processor time, and waited so long for
 * a processor. 0: it is not time to. */
int64_t background_pause_us(int64_t worked_us, int64_t waited_us);

#endif
