#include "logs/lines/formats.h"
