//! What each MPP role does: central, client and private share, without HTTP and SQL.
