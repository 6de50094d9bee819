#ifndef CARGUMENTS_H
#define CARGUMENTS_H

/// How many words the process was started with, the name of the program included.
int carguments_count(void);

/// A word that the process was started with; NULL behind the last one.
const char *carguments_word(int index);

#endif
