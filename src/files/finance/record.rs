//! What a type of row must say of itself to stand in a finance file.

use super::totals::{Booking, Money};
use crate::files::RowProblem;
use crate::files::column::{Column, ColumnMaker};

/// A row of a finance file: of a snapshot, or of a delta.
#[allow(
    private_interfaces,
    reason = "columns stay inside of the module; the trait only names the types of rows outside"
)]
pub trait FinanceRecord: Sized + Send + 'static {
    /// The money of no rows.
    const NOTHING: Money;

    /// Whose row it is.
    fn account(&self) -> &str;

    /// What the row adds to the control totals.
    fn booking(&self) -> Result<Booking<'_>, RowProblem>;

    /// The money of a row of a file, by its cells: a function from a column's name to its text. `None`: it is none.
    fn money_of(cell: &dyn Fn(&'static str) -> String) -> Option<Money>;

    /// The columns of a profile. That for people has a Chinese name beside the codes that a clerk must understand.
    fn columns(maker: &ColumnMaker<'_>) -> Vec<Column<Self>>;
}
