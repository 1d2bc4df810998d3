"""The system of record: a transactional library of everything that was collected."""
