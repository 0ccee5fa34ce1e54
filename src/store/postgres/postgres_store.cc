#include "store/postgres/postgres_store.h"
