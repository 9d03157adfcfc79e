//! What the simulated hospitals offer: campuses, packages with their fees, add-on items. Constants only.
//!
//! The first campus and the add-on items follow the interface document's sample; the rest is made up.

use super::person::Sex;

/// A place that people book at.
pub struct Hospital {
    pub code: &'static str,
    pub name: &'static str,
}

/// A health-check package.
pub struct Package {
    pub id: &'static str,
    pub name: &'static str,
    pub fee_fen: i64,
    /// `None`: for everyone.
    pub only_for: Option<Sex>,
}

/// An item that can be added to a package.
pub struct AddOn {
    pub id: &'static str,
    pub name: &'static str,
    pub fee_fen: i64,
}

/// Three accounts of three campuses each; an account's first campus takes most of its bookings.
pub const ACCOUNTS: [[Hospital; 3]; 3] = [
    [
        Hospital { code: "100637", name: "杭州市第三人民医院体检中心" },
        Hospital { code: "100638", name: "杭州市第三人民医院体检中心(城北院区)" },
        Hospital { code: "100639", name: "杭州市第三人民医院体检中心(钱塘院区)" },
    ],
    [
        Hospital { code: "100712", name: "杭州西溪健康体检中心" },
        Hospital { code: "100713", name: "杭州西溪健康体检中心(未来科技城院区)" },
        Hospital { code: "100714", name: "杭州西溪健康体检中心(良渚院区)" },
    ],
    [
        Hospital { code: "100845", name: "杭州湘湖医院健康管理中心" },
        Hospital { code: "100846", name: "杭州湘湖医院健康管理中心(滨江院区)" },
        Hospital { code: "100847", name: "杭州湘湖医院健康管理中心(临浦院区)" },
    ],
];

pub const PACKAGES: [Package; 8] = [
    Package { id: "RM11", name: "入职体检套餐", fee_fen: 38_803, only_for: None },
    Package { id: "RM12", name: "体检A套餐(男士)", fee_fen: 68_000, only_for: Some(Sex::Male) },
    Package { id: "RM13", name: "体检A套餐(女士)", fee_fen: 72_000, only_for: Some(Sex::Female) },
    Package { id: "RM14", name: "体检C套餐(男士)", fee_fen: 138_050, only_for: Some(Sex::Male) },
    Package { id: "RM15", name: "体检C套餐(女士)", fee_fen: 152_050, only_for: Some(Sex::Female) },
    Package { id: "RM16", name: "体检E套餐(男士)", fee_fen: 288_100, only_for: Some(Sex::Male) },
    Package { id: "RM17", name: "体检E套餐(女士)", fee_fen: 312_600, only_for: Some(Sex::Female) },
    Package { id: "RM18", name: "深度防癌筛查套餐", fee_fen: 468_000, only_for: None },
];

/// At most 16: a choice of them is kept as the bits of one number.
pub const ADD_ONS: [AddOn; 10] = [
    AddOn { id: "RM0102", name: "临床检查项目", fee_fen: 3_500 },
    AddOn { id: "RM0206", name: "临床检验项目", fee_fen: 12_000 },
    AddOn { id: "RM0301", name: "肿瘤标志物", fee_fen: 26_800 },
    AddOn { id: "RM0305", name: "甲状腺功能", fee_fen: 15_650 },
    AddOn { id: "RM0406", name: "辅助检查项目", fee_fen: 9_900 },
    AddOn { id: "RM0411", name: "胸部低剂量CT", fee_fen: 29_000 },
    AddOn { id: "RM0415", name: "颈动脉彩超", fee_fen: 16_000 },
    AddOn { id: "RM0502", name: "骨密度测定", fee_fen: 8_005 },
    AddOn { id: "RM0508", name: "碳13呼气试验", fee_fen: 13_500 },
    AddOn { id: "RM0601", name: "其他", fee_fen: 2_000 },
];

/// Booking channels, the frequent ones more often.
pub const DATA_SOURCES: [&str; 6] = ["浙里办", "浙里办", "浙里办", "支付宝", "支付宝", "益往健康"];
