#include "map/column_type.h"

bool column_type(const CelType *type, RowType *result)
{
    switch (type->kind) {
    case CEL_TYPE_INT: *result = ROW_INT64; return true;
    case CEL_TYPE_DOUBLE: *result = ROW_DOUBLE; return true;
    case CEL_TYPE_BOOL: *result = ROW_BOOL; return true;
    case CEL_TYPE_STRING: *result = ROW_TEXT; return true;
    case CEL_TYPE_TIMESTAMP: *result = ROW_TIME; return true;
    case CEL_TYPE_LIST:
        *result = ROW_LIST;
        return type->parameters[0]->kind == CEL_TYPE_STRING || type->parameters[0]->kind == CEL_TYPE_DYN;
    default: return false;
    }
}
