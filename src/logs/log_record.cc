#include "logs/aggregation.h"
