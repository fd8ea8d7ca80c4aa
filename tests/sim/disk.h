/* The simulated disk: what the registry has written, and how the disk is. */
#ifndef SIM_DISK_H
#define SIM_DISK_H

#include <stdbool.h>
#include <stdint.h>

void disk_begin(void);
void disk_end(void);
/* A commit takes so long; of so many in a thousand nothing is written, and of so many it is not
 * known. */
void disk_set_load(int64_t usual_us, unsigned failed_per_mille, unsigned unknown_per_mille);
/* Entries that are written. */
unsigned disk_entries(void);

#endif
