#include "logs/lines/log_record.h"
