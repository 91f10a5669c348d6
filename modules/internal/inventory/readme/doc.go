// Package readme writes the generated parts of mappings/README.md: the reference of
// the mapping language, from its schema, and the tables of what each bundled mapping
// reaches, from the mappings and their inventories. It keeps the rest as it is.
package readme
