/* What goes wrong in the world, drawn by chance, and how it is made good again. */
#ifndef SIM_FAULTS_H
#define SIM_FAULTS_H

#include <stdbool.h>

#include "sim/plan.h"

void faults_begin(const struct plan *plan);
/* They come one after the other, until they are told not to. */
void faults_on(bool on);
/* All that is stopped goes on, the machine and its disk are quick, there is a dtreed. */
void faults_heal(void);

#endif
