//! `nutrition`: what the user ate and drank. Metriport's page "Devices API: Data Models" of before
//! July 2024, read November 2026.

use super::model::models;
use super::shared::Metadata;
use crate::text::Text;

models! {
    /// Holds what the user ate and drank on a day.
    pub struct Nutrition [
        /// Which day, and from which source.
        metadata: Box<Metadata>,
    ] {
        /// The whole of the day.
        summary: Box<NutritionSummary>,
        /// The foods.
        foods: Vec<Food>,
    }

    /// Sums up the nutrients of a day.
    ///
    /// Apple's data have some nutrients in the wrong place; the methods find them.
    pub struct NutritionSummary {
        /// What is needed much of.
        macros: Box<Macros>,
        /// What is needed little of.
        micros: Box<Micros>,
        /// Amino acids.
        aminos: Box<Aminos>,
    }

    /// Holds one food.
    pub struct Food {
        /// Its name.
        name: Text,
        /// Its brand.
        brand: Text,
        /// How much of it, in [`unit`](Food::unit).
        amount: f64,
        /// The unit of the amount.
        unit: Text,
        /// What is in it.
        nutrition_facts: Box<NutritionFacts>,
    }

    /// Holds the nutrients of a food.
    ///
    /// Apple's data have some nutrients in the wrong place; the methods find them.
    pub struct NutritionFacts {
        /// What is needed much of.
        macros: Box<Macros>,
        /// What is needed little of.
        micros: Box<Micros>,
        /// Amino acids.
        aminos: Box<Aminos>,
    }

    /// Holds nutrients that are needed much of.
    ///
    /// Apple's data have `caffeine_mg` and `sodium_g` here, see [`number`](Macros::number).
    pub struct Macros {
        /// Alcohol, in grams.
        alcohol_g: f64,
        /// Carbohydrates, in grams.
        carbs_g: f64,
        /// Cholesterol, in milligrams.
        cholesterol_mg: f64,
        /// Energy, in kilocalories.
        energy_kcal: f64,
        /// Fat, in grams.
        fat_g: f64,
        /// Fibre, in grams.
        fiber_g: f64,
        /// Protein, in grams.
        protein_g: f64,
        /// Sodium, in milligrams.
        sodium_mg: f64,
        /// Sugar, in grams.
        sugar_g: f64,
        /// Trans fat, in grams.
        trans_fat_g: f64,
        /// Water, in millilitres.
        water_ml: f64,
    }

    /// Holds nutrients that are needed little of, in milligrams.
    ///
    /// Apple's data have `carbs_g` and `energy_kcal` here, see [`number`](Micros::number).
    pub struct Micros {
        /// Biotin, in milligrams.
        biotin_mg: f64,
        /// Caffeine, in milligrams.
        caffeine_mg: f64,
        /// Calcium, in milligrams.
        calcium_mg: f64,
        /// Copper, in milligrams.
        copper_mg: f64,
        /// Folate, in milligrams.
        folate_mg: f64,
        /// Folic acid, in milligrams.
        folic_acid_mg: f64,
        /// Iodine, in milligrams.
        iodine_mg: f64,
        /// Iron, in milligrams.
        iron_mg: f64,
        /// Magnesium, in milligrams.
        magnesium_mg: f64,
        /// Manganese, in milligrams.
        manganese_mg: f64,
        /// Phosphorus, in milligrams.
        phosphorus_mg: f64,
        /// Potassium, in milligrams.
        potassium_mg: f64,
        /// Selenium, in milligrams.
        selenium_mg: f64,
        /// Vitamin A, in milligrams (`vitamin_A_mg` on the wire).
        vitamin_a_mg: f64 = "vitamin_A_mg",
        /// Vitamin B1, in milligrams (`vitamin_B1_mg` on the wire).
        vitamin_b1_mg: f64 = "vitamin_B1_mg",
        /// Vitamin B2, in milligrams (`vitamin_B2_mg` on the wire).
        vitamin_b2_mg: f64 = "vitamin_B2_mg",
        /// Vitamin B3, in milligrams (`vitamin_B3_mg` on the wire).
        vitamin_b3_mg: f64 = "vitamin_B3_mg",
        /// Vitamin B5, in milligrams (`vitamin_B5_mg` on the wire).
        vitamin_b5_mg: f64 = "vitamin_B5_mg",
        /// Vitamin B6, in milligrams (`vitamin_B6_mg` on the wire).
        vitamin_b6_mg: f64 = "vitamin_B6_mg",
        /// Vitamin B12, in milligrams (`vitamin_B12_mg` on the wire).
        vitamin_b12_mg: f64 = "vitamin_B12_mg",
        /// Vitamin C, in milligrams (`vitamin_C_mg` on the wire).
        vitamin_c_mg: f64 = "vitamin_C_mg",
        /// Vitamin D, in milligrams (`vitamin_D_mg` on the wire).
        vitamin_d_mg: f64 = "vitamin_D_mg",
        /// Vitamin E, in milligrams (`vitamin_E_mg` on the wire).
        vitamin_e_mg: f64 = "vitamin_E_mg",
        /// Vitamin K, in milligrams (`vitamin_K_mg` on the wire).
        vitamin_k_mg: f64 = "vitamin_K_mg",
        /// Zinc, in milligrams.
        zinc_mg: f64,
    }

    /// Holds amino acids, in grams.
    pub struct Aminos {
        /// Alanine, in grams.
        alanine_g: f64,
        /// Arginine, in grams.
        arginine_g: f64,
        /// Asparagine, in grams.
        asparagine_g: f64,
        /// Aspartic acid, in grams.
        aspartic_acid_g: f64,
        /// Cysteine, in grams.
        cysteine_g: f64,
        /// Glutamine, in grams.
        glutamine_g: f64,
        /// Glutamic acid, in grams.
        glutamic_acid_g: f64,
        /// Glycine, in grams.
        glycine_g: f64,
        /// Histidine, in grams.
        histidine_g: f64,
        /// Isoleucine, in grams.
        isoleucine_g: f64,
        /// Leucine, in grams.
        leucine_g: f64,
        /// Lysine, in grams.
        lysine_g: f64,
        /// Methionine, in grams.
        methionine_g: f64,
        /// Phenylalanine, in grams.
        phenylalanine_g: f64,
        /// Proline, in grams.
        proline_g: f64,
        /// Serine, in grams.
        serine_g: f64,
        /// Threonine, in grams.
        threonine_g: f64,
        /// Tryptophan, in grams.
        tryptophan_g: f64,
        /// Tyrosine, in grams.
        tyrosine_g: f64,
        /// Valine, in grams.
        valine_g: f64,
    }
}

/// Finds nutrients where they belong, and where Apple's data have them instead.
macro_rules! nutrients {
    ($($name:ident),+) => {
        $(
            impl $name {
                /// Returns carbohydrates, in grams: from `macros`, or else from `micros`.
                #[must_use]
                pub fn carbs_g(&self) -> Option<f64> {
                    self.macro_number("carbs_g").or_else(|| self.micro_number("carbs_g"))
                }

                /// Returns energy, in kilocalories: from `macros`, or else from `micros`.
                #[must_use]
                pub fn energy_kcal(&self) -> Option<f64> {
                    self.macro_number("energy_kcal").or_else(|| self.micro_number("energy_kcal"))
                }

                /// Returns caffeine, in milligrams: from `micros`, or else from `macros`.
                #[must_use]
                pub fn caffeine_mg(&self) -> Option<f64> {
                    self.micro_number("caffeine_mg").or_else(|| self.macro_number("caffeine_mg"))
                }

                /// Returns sodium, in milligrams: from `sodium_mg` of `macros`, or else from
                /// `sodium_g` there, which is in grams.
                #[must_use]
                pub fn sodium_mg(&self) -> Option<f64> {
                    let from_grams = || Some(self.macro_number("sodium_g")? * 1000.0);
                    self.macro_number("sodium_mg")
                        .or_else(from_grams)
                        .filter(|sodium| sodium.is_finite())
                }

                fn macro_number(&self, name: &str) -> Option<f64> {
                    self.macros.as_ref()?.number(name)
                }

                fn micro_number(&self, name: &str) -> Option<f64> {
                    self.micros.as_ref()?.number(name)
                }
            }
        )+
    };
}

nutrients!(NutritionSummary, NutritionFacts);
