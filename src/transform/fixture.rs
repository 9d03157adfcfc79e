//! A made-up reservation for this module's tests, every field filled but `extra`.

use chrono::NaiveDate;

use crate::reservation::Reservation;

pub(super) fn reservation() -> Reservation {
    Reservation {
        request_id: "d5dfbba53ff87920fc77c1bffea9ea25".into(),
        serial_number: "ZJ109-35".into(),
        erhc_no: Some("C0000000000000000001".into()),
        name: Some("张三".into()),
        card_type: Some("1".into()),
        idcard: Some("33011120000101000X".into()),
        birthdate: NaiveDate::from_ymd_opt(2000, 1, 1),
        sex_code: Some("1".into()),
        is_pregnant: Some(false),
        married: Some("1".into()),
        mobile: Some("13900000000".into()),
        hospital_code: "100637".into(),
        hospital_name: Some("示例体检中心".into()),
        check_date: NaiveDate::from_ymd_opt(2021, 4, 6).unwrap(),
        hospital_package_id: Some("RM16".into()),
        hospital_package_name: Some("体检套餐E(男士)".into()),
        add_combination_id: Some("RM0102,RM0206".into()),
        add_combination_name: Some("检查,检验".into()),
        examination_fee: Some("2881.00".parse().unwrap()),
        order_status: "1".into(),
        pay_type: Some("0".into()),
        data_sources: Some("示例渠道".into()),
        extra: None,
    }
}
