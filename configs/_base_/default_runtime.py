default_scope = 'seg'
