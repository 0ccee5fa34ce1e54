#include "logs/lines/combined.h"
